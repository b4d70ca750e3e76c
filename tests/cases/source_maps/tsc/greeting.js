"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.greeting = void 0;
const greeting = (people) => {
    const first = people[0];
    return `Hällo ${first.name}`; // fails here
};
exports.greeting = greeting;
//# sourceMappingURL=greeting.js.map