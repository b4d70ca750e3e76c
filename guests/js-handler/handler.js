// Answers an event of API Gateway in format 2.0 with what it names; format 2.0 takes an object for the body.
export function handle(event) {
  const { routeKey, pathParameters, body } = JSON.parse(event);
  return JSON.stringify({ routeKey, pathParameters, body });
}
