-- How many records came in, and how many are left after each stage?
WITH verdicts AS (
  SELECT
    count(*) AS records,
    (SELECT count(*) FROM brickyard.quarantine) AS quarantined,
    count(CASE WHEN reason = 'empty_text' THEN 1 END) AS empty_text,
    count(CASE WHEN reason = 'exact_duplicate' THEN 1 END) AS exact_duplicates,
    count(CASE WHEN reason = 'near_duplicate' THEN 1 END) AS near_duplicates,
    count(CASE WHEN reason = 'semantic_duplicate' THEN 1 END) AS semantic_duplicates
  FROM brickyard.decisions
),

steps AS (
  SELECT 1 AS step, 'read from the input' AS what, 0 AS removed, records + quarantined AS remaining FROM verdicts
  UNION ALL
  SELECT 2, 'could become a record', quarantined, records FROM verdicts
  UNION ALL
  SELECT 3, 'has a text', empty_text, records - empty_text FROM verdicts
  UNION ALL
  SELECT 4, 'no exact copy', exact_duplicates, records - empty_text - exact_duplicates FROM verdicts
  UNION ALL
  SELECT 5, 'no near duplicate', near_duplicates, records - empty_text - exact_duplicates - near_duplicates FROM verdicts
  UNION ALL
  SELECT 6, 'no semantic duplicate: curated', semantic_duplicates,
    records - empty_text - exact_duplicates - near_duplicates - semantic_duplicates FROM verdicts
)

SELECT what, CAST(removed AS BIGINT) AS removed, CAST(remaining AS BIGINT) AS remaining
FROM steps
ORDER BY step
