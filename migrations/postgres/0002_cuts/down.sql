-- The schema before has no place for figures of a segment: they go.
DELETE FROM figures WHERE cut_segment <> '';
ALTER TABLE figures DROP CONSTRAINT figures_pkey;
ALTER TABLE figures ADD PRIMARY KEY (round, revision, audience, unit_kind, unit, subject_kind, subject);
ALTER TABLE figures DROP COLUMN cut_option;
ALTER TABLE figures DROP COLUMN cut_segment;
