// src/greeting.ts
var greeting = (people) => {
  const first = people[0];
  return `H\xE4llo ${first.name}`;
};

// src/app.ts
function answer(asked) {
  const people = asked.url ? [] : [{ name: "Ada" }];
  return greeting(people);
}
console.log(answer({ url: "/" }));
export {
  answer
};
//# sourceMappingURL=app.js.map
