"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.answer = answer;
const greeting_1 = require("./greeting");
function answer(asked) {
    const people = asked.url ? [] : [{ name: "Ada" }];
    return (0, greeting_1.greeting)(people);
}
console.log(answer({ url: "/" }));
//# sourceMappingURL=app.js.map