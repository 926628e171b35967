-- The invitations of a unit are found without those of earlier rounds. The agency stays first, for its foreign key.
DROP INDEX invitations_agency;
CREATE INDEX invitations_agency ON invitations (agency, round, audience);
