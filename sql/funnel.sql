-- How many records came in, and how many are left after each stage?
WITH verdicts AS (
  SELECT
    count(*) AS records,
    count_if(reason = 'empty_text') AS empty_text,
    count_if(reason = 'exact_duplicate') AS exact_duplicates,
    count_if(reason = 'near_duplicate') AS near_duplicates,
    count_if(reason = 'semantic_duplicate') AS semantic_duplicates
  FROM brickyard.decisions
),

steps AS (
  SELECT stack(
    6,
    1, 'read from the input', CAST(0 AS BIGINT), records + (SELECT count(*) FROM brickyard.quarantine),
    2, 'could become a record', (SELECT count(*) FROM brickyard.quarantine), records,
    3, 'has a text', empty_text, records - empty_text,
    4, 'no exact copy', exact_duplicates, records - empty_text - exact_duplicates,
    5, 'no near duplicate', near_duplicates, records - empty_text - exact_duplicates - near_duplicates,
    6, 'no semantic duplicate: curated', semantic_duplicates,
    records - empty_text - exact_duplicates - near_duplicates - semantic_duplicates
  ) AS (step, what, removed, remaining)
  FROM verdicts
)

SELECT what, removed, remaining
FROM steps
ORDER BY step
