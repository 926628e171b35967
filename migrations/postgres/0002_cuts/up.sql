-- Figures by segment: a figure is of everybody (both columns empty) or of those who gave one answer to one segment
-- item. The defaults let an instance of the version before write on while instances are replaced one by one.
ALTER TABLE figures ADD COLUMN cut_segment TEXT NOT NULL DEFAULT '';
ALTER TABLE figures ADD COLUMN cut_option TEXT NOT NULL DEFAULT '';
ALTER TABLE figures DROP CONSTRAINT figures_pkey;
ALTER TABLE figures ADD PRIMARY KEY (round, revision, audience, unit_kind, unit, cut_segment, cut_option, subject_kind, subject);
