"""When monitors are checked and from where: spans of watching, regions, and checks outside the schedule."""
