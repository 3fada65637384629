"""Durable rows: what must outlive the process. SQLite by default, PostgreSQL by URL.

SQLAlchemy takes a quarter of a second to load, so nothing here is imported before somebody opens a store:
`from llms.store.sql import open_store`.
"""
