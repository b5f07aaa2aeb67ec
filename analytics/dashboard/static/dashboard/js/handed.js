// What the server put into the page: tokens, and what the page needs to know.

export const handed = JSON.parse(document.getElementById("handed").textContent);
