// What the server puts into the page for its scripts: the user's tokens, the path (root) under which a proxy serves
// this service, the time zones whose days are summed up, and on the page of blog views country codes, the declared roll-ups
// ({ zone, dimensions }), whether the user may know visitors, and whether there is no site that the user may see.

export const pageData = JSON.parse(document.getElementById("page-data").textContent);
