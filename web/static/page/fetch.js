// Fetches pages as documents: nothing in them runs, and no text becomes HTML on the way.

const etags = new Map();

/** `page` is null if it has not changed. */
export function fetchPage(url, { ifChanged = false } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("GET", url);
    request.responseType = "document";
    request.timeout = 15000;
    request.setRequestHeader("Accept", "text/html");
    if (ifChanged && etags.has(url)) request.setRequestHeader("If-None-Match", etags.get(url));
    request.onload = () => {
      const etag = request.getResponseHeader("ETag");
      if (etag && request.status === 200) etags.set(url, etag);
      const page = request.status === 304 ? null : request.response;
      resolve({ status: request.status, page, url: request.responseURL });
    };
    request.onerror = request.ontimeout = () => reject(new Error("unreachable"));
    request.send();
  });
}
