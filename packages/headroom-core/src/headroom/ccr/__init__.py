"""Compress, cache, retrieve: keys, markers, stores and the retrieve tool.

May import: compressors and everything below. One key function, one marker grammar.
"""
