export interface Person {
  readonly name: string;
}

export const greeting = (people: Person[]): string => {
  const first = people[0] as Person;
  return `Hällo ${first.name}`; // fails here
};
