-- Background work that exactly one instance does: who does it (`holder`, random for each process), and until
-- when nobody else may (`until`, milliseconds since 1970 by the database's own clock).
CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    until BIGINT NOT NULL
);
