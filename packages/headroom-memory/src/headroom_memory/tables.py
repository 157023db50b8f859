"""The tables of a project's memory, in words that SQLite and PostgreSQL share."""

from __future__ import annotations

TABLES = (
    "CREATE TABLE facts (number {number}, id TEXT {bytewise} NOT NULL UNIQUE, hash {blob} NOT NULL, "
    "text TEXT NOT NULL, category TEXT NOT NULL, valid_from {integer} NOT NULL, "
    "valid_until {integer}, superseded_by TEXT NOT NULL)",
    "CREATE UNIQUE INDEX holding ON facts (hash) WHERE valid_until IS NULL",
    "CREATE INDEX versions ON facts (hash)",
    "CREATE INDEX superseding ON facts (superseded_by) WHERE superseded_by != ''",
    "CREATE TABLE tags (fact {integer} NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (fact, tag))",
    "CREATE TABLE sources (number {number}, fact {integer} NOT NULL, at {integer} NOT NULL, "
    "agent TEXT NOT NULL, session TEXT NOT NULL, path TEXT NOT NULL, line {integer} NOT NULL, "
    "UNIQUE (fact, agent, session, path))",
    "CREATE INDEX places ON sources (path, agent) WHERE path != ''",
    "CREATE TABLE vectors (fact {integer} NOT NULL, model TEXT NOT NULL, code {blob} NOT NULL, "
    "vector {blob} NOT NULL, PRIMARY KEY (fact, model))",
    "CREATE TABLE originals (digest {blob} PRIMARY KEY, data {blob} NOT NULL)",
    "CREATE TABLE shared (key TEXT PRIMARY KEY, digest {blob} NOT NULL, at {integer} NOT NULL, "
    "agent TEXT NOT NULL, session TEXT NOT NULL)",
    "CREATE INDEX uses ON shared (digest)",
    "CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)
