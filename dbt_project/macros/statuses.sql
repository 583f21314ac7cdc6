{#- A pattern that finds one of these words, not a part of a longer one. -#}
{% macro whole_word(words) -%}
    (^|[^a-z])({{ words }})([^a-z]|$)
{%- endmacro %}

{#- Lasting reasons for which a delivery fails, the weightiest first. A text may give several; all are kept. -#}
{% macro lasting_reasons() -%}
    {{ return([
        ('deceased', 'meninggal|meninggl|meniggal|wafat|almarhum(ah)?|alm|almh|md|tutup usia'),
        ('moved', 'pindah|pdh|merantau|tki|tkw|keluar daerah|luar daerah'),
        ('unknown_person', '(tidak|tdk|tak) (di)?(kenal|temukan|ketemu)|(tidak|tdk) ada orang(nya)?|^(tidak|tdk) ada$'),
        ('duplicate', 'ganda|dobel|double'),
        ('not_eligible', 'mampu|graduasi|(tidak|tdk) layak|(tidak|tdk) memenuhi syarat'),
        ('refused', 'menolak|ditolak|mengundurkan diri'),
    ]) }}
{%- endmacro %}

{#- Who takes aid home for a recipient, and is nobody in particular. -#}
{% macro kin_words() -%}
    anak|istri|isteri|suami|keluarga|menantu|ibu|bapak|ayah|orang ?tua|saudara|adik|kakak|cucu|keponakan|ponakan|ahli waris|tetangga|kuasa
{%- endmacro %}

{#- Whether a remark says that the recipient stands in for another: "pengganti an. …". -#}
{% macro says_replacement(text) -%}
    coalesce(regexp_matches(lower({{ text }}), '{{ whole_word('pengganti|penganti|menggantikan|mengganti|gantikan') }}'), false)
{%- endmacro %}

{#- Whether the reason of a replacement is a death. -#}
{% macro says_death(text) -%}
    coalesce(regexp_matches({{ squeezed(text) }}, '{{ whole_word(lasting_reasons()[0][1]) }}'), false)
{%- endmacro %}

{#-
    What a status cell says: delivered, failed, not_yet, void, blank or unknown, once for each distinct value.

    Several statements in one cell are weighed in this order:
    1. void ("batal");
    2. a death, a move or another lasting reason: failed; said together with a delivery ("sudah diterima ahli waris,
       meninggal") it stays unknown: a person decides;
    3. delivered, also through somebody else or to the home of who was absent or ill ("TH (sakit, diantar)"), also where
       something is said to be short: the amount column counts, and is_status_mixed says that there is more to it;
    4. absent, and failures without a reason;
    5. not yet.
-#}
{% macro typed_statuses(values) %}
    {%- set absent = 'th|(tidak|tdk|tak) hadir|(tidak|tdk|tak) (ada )?di ?(tempat|rumah)|(tidak|tdk|belum|blm) (di)?ambil|sakit' %}
    {%- set other_failure = '(tidak|tdk) (di)?terima|(tidak|tdk) (ter|di)?salur(kan)?|gagal|retur|(di)?kembali(kan)?|failed' %}
    {%- set takers = kin_words() ~ '|rt|rw|kadus|kepala dusun|kades|perangkat|aparat' %}
    {%- set reasons = [] %}
    select
        status_text,
        regexp_replace({{ squeezed('status_text') }}, '[.,;:!]+$', '') as status_squeezed,
        -- "Kurang mampu" is why somebody is listed, not why nothing came.
        regexp_replace(status_squeezed, '(tidak|tdk|kurang) mampu', ' ', 'g') as status_words,
        {%- for reason, words in lasting_reasons() %}
        regexp_matches(status_words, '{{ whole_word(words) }}') as says_{{ reason }},
        {%- do reasons.append((reason, 'says_' ~ reason)) %}
        {%- endfor %}
        regexp_matches(status_words, '{{ whole_word(absent) }}') as says_absent,
        {{ reasons | map('last') | join(' or ') }} as has_lasting_reason,
        -- Absence aside: is anything said not to have happened, or not yet?
        regexp_matches(
            regexp_replace(status_words, '{{ whole_word(absent) }}', ' ', 'g'),
            '{{ whole_word('akan|besok|nanti|rencana(nya)?|belum|blm|blum|tidak|tdk|tak|gagal|batal') }}'
        ) as says_undone,
        regexp_matches(
            status_words,
            '{{ whole_word('wakil(nya)?|diwakili|diwakilkan|perwakilan|(di)?titip(kan)?|(di)?(ambil|terima)(kan)? (oleh )?(' ~ takers ~ ')') }}'
        ) and not says_undone as is_via_proxy,
        status_squeezed <> '' and not says_undone and (
            is_via_proxy
            or regexp_full_match(
                status_squeezed,
                '(sudah|telah|sdh)?\s*(di)?(salur|tersalur|salurkan|terima|menerima|ambil|bayar|bayarkan|terbayar|serahkan|cair|cairkan)'
                || '(\s*(penuh|lengkap|semua|100 ?%)|[,;(\s]\s*(di|ke|oleh|pada|tgl|tanggal|tapi|tetapi|namun|hanya|kurang|sebagian)\b.*)?'
                || '|sudah|telah|sdh|lunas|ya|y|iya|ok|oke|v|√|✓|✔|1|hadir|selesai|realisasi|pengganti|ganti|digantikan|true|delivered|yes'
            )
            or regexp_matches(status_words, '{{ whole_word('di ?antar(kan)?') }}')
        ) as says_delivered,
        regexp_full_match(
            status_squeezed,
            '(belum|blm|blum)([\s,;(].*)?|-+|–|0|kosong|nihil|tunda|ditunda|pending|menunggu|dijadwalkan|tidak|tdk|t|n|no|false|not_yet'
        ) as says_not_yet,
        case
            when status_squeezed = '' then 'blank'
            when regexp_full_match(status_squeezed, '(di)?batal(kan)?|void|anulir|dianulir|pembatalan') then 'void'
            when has_lasting_reason and says_delivered then 'unknown'
            when has_lasting_reason then 'failed'
            when says_delivered then 'delivered'
            when says_absent or regexp_matches(status_words, '{{ whole_word(other_failure) }}') then 'failed'
            when says_not_yet then 'not_yet'
            else 'unknown'
        end as typed_status,
        {%- do reasons.append(('absent', 'says_absent')) %}
        case when typed_status = 'failed' then {{ codes_where(reasons) }} else [] end as failure_reasons,
        typed_status = 'delivered' and (
            says_absent or regexp_matches(status_words, '{{ whole_word('tapi|tetapi|namun|hanya|kurang|sebagian') }}')
        ) as is_status_mixed
    from {{ values }}
{% endmacro %}
