import { find } from "example:greeter/directory@0.1.0";

// An error of the host is thrown, with its text as `payload`; what is thrown here becomes the plugin's own.
export function greet(key) {
  const { name, city } = find(key);
  return city ? `Hello ${name}, how is ${city}?` : `Hello ${name}!`;
}
