"""Emptying the inbox into the database."""
