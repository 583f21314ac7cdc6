{#-
    What a status cell says: delivered, failed, not_yet, void, blank or unknown, once for each distinct value.

    Words that say two things at once ("sudah diterima ahli waris, meninggal") stay unknown: a person decides.
-#}
{% macro typed_statuses(values) %}
    select
        status_text,
        regexp_replace({{ squeezed('status_text') }}, '[.,;:!]+$', '') as status_squeezed,
        regexp_matches(
            status_squeezed,
            '(^|[^a-z])(gagal|meninggal|meninggl|wafat|almarhum(ah)?|alm|almh|md|pindah|pdh|merantau|tki|tkw|th|tdk hadir|tidak hadir|tak hadir'
            || '|tidak diambil|tdk diambil|tidak ambil|belum diambil|belum ambil|tidak ditemukan|tdk dikenal|tidak dikenal|tidak ada'
            || '|ganda|dobel|double|mampu|graduasi|menolak|ditolak|mengundurkan diri|tidak terima|tidak diterima|tdk terima|tidak salur'
            || '|tidak tersalur|tdk tersalur|retur|kembali|dikembalikan|failed)([^a-z]|$)'
        ) as says_failed,
        regexp_full_match(
            status_squeezed,
            '(sudah|telah|sdh)?\s*(di)?(salur|tersalur|salurkan|terima|menerima|ambil|bayar|bayarkan|terbayar|serahkan|cair|cairkan)'
            || '(\s*(penuh|lengkap|semua|100 ?%))?'
            || '|sudah|telah|sdh|lunas|ya|y|iya|ok|oke|v|√|✓|✔|1|hadir|selesai|realisasi|diwakili|diwakilkan|wakil|perwakilan|dititip'
            || '|pengganti|ganti|digantikan|true|delivered|yes'
        ) as says_delivered,
        regexp_full_match(
            status_squeezed,
            '(belum|blm|blum)(\s.*)?|-+|–|0|kosong|nihil|tunda|ditunda|pending|menunggu|dijadwalkan|tidak|tdk|t|n|no|false|not_yet'
        ) as says_not_yet,
        regexp_full_match(status_squeezed, '(di)?batal(kan)?|void|anulir|dianulir|pembatalan') as says_void,
        case
            when status_squeezed = '' then 'blank'
            when says_void then 'void'
            when says_failed and not says_delivered then 'failed'
            when says_delivered and not says_failed then 'delivered'
            when says_not_yet then 'not_yet'
            else 'unknown'
        end as typed_status
    from {{ values }}
{% endmacro %}
