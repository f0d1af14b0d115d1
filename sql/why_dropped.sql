-- Why was this record (or this document, or this file) dropped, and what stands for it?
-- :id is a record_id, a doc_id, an external_id or a uri; also of what never became a record, or was taken down
SELECT
  r.uri AS uri,
  r.position AS position,
  d.kept,
  d.stage,
  d.reason,
  d.similarity,
  coalesce(n.external_id, n.uri || ':' || n.position) AS similar_to,
  s.uri AS represented_by,
  d.final_representative_id,
  trim(regexp_replace(substring(r.text, 1, 80), '[ \t\r\n]+', ' ')) AS begins,
  trim(regexp_replace(substring(s.text, 1, 80), '[ \t\r\n]+', ' ')) AS representative_begins
FROM brickyard.decisions AS d
INNER JOIN brickyard.records AS r ON d.record_id = r.record_id
LEFT JOIN brickyard.documents AS m ON d.representative_id = m.doc_id
LEFT JOIN brickyard.records AS n ON m.first_record_id = n.record_id
LEFT JOIN brickyard.curated AS s ON d.final_representative_id = s.doc_id
WHERE :id IN (r.record_id, r.doc_id, r.external_id, r.uri)
UNION ALL
SELECT q.uri, q.position, false, 'read', q.reason, NULL, NULL, NULL, NULL, NULL, NULL
FROM brickyard.quarantine AS q
WHERE :id IN (q.refused_id, q.uri)
UNION ALL
SELECT t.uri, t.position, false, 'take_down', 'taken_down', NULL, NULL, NULL, NULL, NULL, NULL
FROM brickyard.tombstones AS t
WHERE :id IN (t.record_id, t.doc_id, t.external_id, t.uri)
ORDER BY uri, position, reason
