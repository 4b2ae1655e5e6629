"""Finding elements on real pages in a real Chromium."""
