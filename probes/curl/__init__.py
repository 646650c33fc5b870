"""libcurl transfers: options, reuse of handles, and the multi handle that drives them."""
