"""The pages people look at. They ask the public API for everything they show."""
