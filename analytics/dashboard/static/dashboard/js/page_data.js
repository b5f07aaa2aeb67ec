// What the server puts into the page for its scripts: the user's tokens and, on some pages, country codes.

export const pageData = JSON.parse(document.getElementById("page-data").textContent);
