DROP INDEX invitations_agency;
CREATE INDEX invitations_agency ON invitations (agency);
