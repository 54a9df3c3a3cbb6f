-- name: all
SELECT p.id, p.name_vi, p.name_en, p.lon, p.lat, p.basis, p.basis_note, p.capacity, p.illustrative,
       p.attributes, d.name_vi AS district_vi, d.name_en AS district_en
FROM place p LEFT JOIN district d ON d.id = p.district_id
ORDER BY p.id
