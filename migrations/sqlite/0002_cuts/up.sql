-- Figures by segment: a figure is of everybody (both columns empty) or of those who gave one answer to one segment
-- item. The defaults let an instance of the version before write on while instances are replaced one by one.
-- SQLite cannot change a primary key, so the table is made anew.
CREATE TABLE figures_with_cuts (
    round TEXT NOT NULL,
    revision INTEGER NOT NULL,
    audience TEXT NOT NULL,
    unit_kind TEXT NOT NULL,
    unit TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    figure TEXT NOT NULL,
    cut_segment TEXT NOT NULL DEFAULT '',
    cut_option TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (round, revision, audience, unit_kind, unit, cut_segment, cut_option, subject_kind, subject),
    FOREIGN KEY (round, revision) REFERENCES seals (round, revision)
);
INSERT INTO figures_with_cuts (round, revision, audience, unit_kind, unit, subject_kind, subject, figure)
    SELECT round, revision, audience, unit_kind, unit, subject_kind, subject, figure FROM figures;
DROP TABLE figures;
ALTER TABLE figures_with_cuts RENAME TO figures;
CREATE INDEX figures_unit ON figures (unit_kind, unit, subject_kind, subject);
