"""Finds and fetches: one crawl of one county in, one bundle out."""
