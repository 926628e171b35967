-- SQLite keeps no samples: nothing to turn off.
SELECT 1;
