import { greeting, type Person } from "./greeting";

interface Asked {
  readonly url: string;
}

export function answer(asked: Asked): string {
  const people: Person[] = asked.url ? [] : [{ name: "Ada" }];
  return greeting(people);
}

console.log(answer({ url: "/" }));
