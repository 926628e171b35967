DROP INDEX figures_cut;
DROP TABLE scorecard_agencies;
DROP TABLE scorecards;
