-- What did each batch bring, how much of it was kept, and what share of all kept documents is that?
WITH published AS (
  SELECT batch_id, min(published_at) AS published_at
  FROM brickyard.releases
  GROUP BY batch_id
)

SELECT
  r.batch_id,
  CAST(p.published_at AS DATE) AS published,
  count(*) AS records,
  count_if(d.kept) AS kept,
  round(100 * count_if(d.kept) / count(*), 2) AS percent_kept,
  round(100 * count_if(d.kept) / sum(count_if(d.kept)) OVER (), 2) AS percent_of_all_kept
FROM brickyard.records AS r
INNER JOIN brickyard.decisions AS d ON r.record_id = d.record_id
LEFT JOIN published AS p ON r.batch_id = p.batch_id
GROUP BY r.batch_id, p.published_at
ORDER BY p.published_at DESC, r.batch_id
