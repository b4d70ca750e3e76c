addEventListener("fetch", (event) => event.respondWith(answer(event.request)));

async function answer(request) {
  const people = [];
  return new Response(greeting(people));
}

function greeting(people) {
  return `Hello ${people[0].name}\n`; // fails here
}
