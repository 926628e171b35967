-- Responses stand together by unit, within a unit in the order of their random keys: a seal reads a unit's responses in one
-- go instead of looking each of them up, and a stored response writes one tree instead of two.
CREATE TABLE responses_by_unit (
    key BLOB NOT NULL,
    round TEXT NOT NULL,
    audience TEXT NOT NULL,
    agency TEXT NOT NULL,
    person TEXT,
    answers BLOB NOT NULL,
    PRIMARY KEY (round, audience, agency, key),
    FOREIGN KEY (round, audience) REFERENCES audiences (round, name)
) WITHOUT ROWID;
INSERT INTO responses_by_unit (key, round, audience, agency, person, answers)
    SELECT key, round, audience, agency, person, answers FROM responses ORDER BY round, audience, agency, key;
DROP TABLE responses;
ALTER TABLE responses_by_unit RENAME TO responses;
