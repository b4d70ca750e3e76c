// src/greeting.ts
const greeting = (people) => {
	return `Hällo ${people[0].name}`;
};
// src/app.ts
function answer(asked) {
	const people = asked.url ? [] : [{ name: "Ada" }];
	return greeting(people);
}
console.log(answer({ url: "/" }));
export { answer };

//# sourceMappingURL=app.js.map