DROP TABLE spent_tokens;
DROP TABLE claims;
DROP TABLE credential_units;
DROP TABLE credential_keys;
DROP TABLE manifests;
