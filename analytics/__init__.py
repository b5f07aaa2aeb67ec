"""The analytics warehouse. `docs/architecture.md` describes the folders and the ways of the data."""
