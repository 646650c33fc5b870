// A long act is done in portions: the form of the next portion is sent as soon as it is there.
document.querySelector("form[data-continue]")?.requestSubmit();
