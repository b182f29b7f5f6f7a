"""A name as data may hold it: markup, quotes, blanks to fill in."""

EVIL = '<img src=x onerror="alert(1)">&\'"{x}'
