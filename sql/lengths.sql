-- How long are the kept documents of each source, and where do its words lie?
WITH banded AS (
  SELECT
    source,
    word_count,
    CASE
      WHEN word_count < 20 THEN 0
      WHEN word_count < 100 THEN 20
      WHEN word_count < 500 THEN 100
      WHEN word_count < 2000 THEN 500
      WHEN word_count < 10000 THEN 2000
      ELSE 10000
    END AS words_from
  FROM brickyard.curated
)

SELECT
  source,
  words_from,
  count(*) AS documents,
  round(100 * count(*) / sum(count(*)) OVER (PARTITION BY source), 2) AS percent,
  sum(word_count) AS words,
  max(word_count) AS longest
FROM banded
GROUP BY source, words_from
ORDER BY source, words_from
