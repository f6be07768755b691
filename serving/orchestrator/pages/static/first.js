// Runs before the page is drawn: what needs script is shown, what stands in for it is hidden.
document.documentElement.classList.add("js");
