"""Reports: what a run did, as a page to read, print and show around."""
