"""The tables, as SQLAlchemy knows them. What is changed here needs a migration; a test compares the two."""

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

calls = Table(
    "calls",
    metadata,
    # SQLite only counts up what it calls INTEGER.
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("id", String(128), nullable=False),
    Column("at", Float, nullable=False),
    Column("day", String(10), nullable=False),
    Column("key", String(256), nullable=False),
    Column("requested", String(512), nullable=False),
    Column("provider", String(256), nullable=False),
    Column("model", String(512), nullable=False),
    Column("stream", Boolean, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("error", String(256), nullable=True),
    Column("attempts", Integer, nullable=False),
    Column("retries", Integer, nullable=False),
    Column("fallbacks", Integer, nullable=False),
    Column("ttft_ms", Float, nullable=True),
    Column("duration_ms", Float, nullable=False),
    Column("prompt_tokens", BigInteger, nullable=False),
    Column("completion_tokens", BigInteger, nullable=False),
    Column("cached_tokens", BigInteger, nullable=False),
    Column("reasoning_tokens", BigInteger, nullable=False),
    Column("estimated", Boolean, nullable=False),
    Column("cost_usd", Float, nullable=True),
    Column("detail", Text, nullable=False),
    Index("calls_at", "at"),
)
"""Finished calls: `llms.store.rows.CallRow`, numbered in the order they came.

There is no index by id: ids are random, so each call would write a page of it, more than all the rest of its row. Who
asks for one call of long ago waits for a scan instead.
"""
