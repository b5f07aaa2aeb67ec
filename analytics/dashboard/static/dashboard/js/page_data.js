// What the server puts into the page for its scripts: the user's tokens, the path (root) under which a proxy serves
// this service, and on some pages country codes.

export const pageData = JSON.parse(document.getElementById("page-data").textContent);
