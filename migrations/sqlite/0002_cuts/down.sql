-- The schema before has no place for figures of a segment: they go.
CREATE TABLE figures_without_cuts (
    round TEXT NOT NULL,
    revision INTEGER NOT NULL,
    audience TEXT NOT NULL,
    unit_kind TEXT NOT NULL,
    unit TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    figure TEXT NOT NULL,
    PRIMARY KEY (round, revision, audience, unit_kind, unit, subject_kind, subject),
    FOREIGN KEY (round, revision) REFERENCES seals (round, revision)
);
INSERT INTO figures_without_cuts (round, revision, audience, unit_kind, unit, subject_kind, subject, figure)
    SELECT round, revision, audience, unit_kind, unit, subject_kind, subject, figure FROM figures
    WHERE cut_segment = '';
DROP TABLE figures;
ALTER TABLE figures_without_cuts RENAME TO figures;
CREATE INDEX figures_unit ON figures (unit_kind, unit, subject_kind, subject);
