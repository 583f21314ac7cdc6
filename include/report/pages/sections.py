"""The parts of the navigation, by their addresses: for our own pages and for Airflow's bar. Every Airflow process reads it."""

SECTIONS = {
    "ringkasan": "Ringkasan",
    "desa": "Desa",
    "penyaluran": "Penyaluran",
    "berkas": "Berkas",
    "sasaran": "Sasaran",
    "mutu": "Mutu",
}
HOME = "ringkasan"
PROVINCE = "provinsi"
"""The page over all regencies, where `regencies.yml` has a province."""
PROVINCE_SECTIONS = {PROVINCE: "Provinsi", HOME: "Kabupaten/kota"}
"""The navigation of that page: the second leads to the regencies that the visitor may see."""
