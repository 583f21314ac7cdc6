#!/bin/bash
# Makes the OPDs' accounts from the environment and starts sshd.
#   DROPZONE_ACCOUNTS="dkp dpmpd"      the accounts; each has its folders mounted in /srv/drop/<account>/
#   DROPZONE_PASSWORD_DKP=…            its password (unset: keys only)
#   /etc/dropzone/authorized_keys/dkp  its public keys, if any
set -euo pipefail

# All accounts share the number of the pipeline's account: it must move away what they send.
# They are kept apart by what is mounted into their root folder, not by their number.
readonly pipeline_uid=50000
host_key=/etc/dropzone/host_keys/ssh_host_ed25519_key
[ -f "$host_key" ] || ssh-keygen -q -t ed25519 -N '' -f "$host_key"

for account in $DROPZONE_ACCOUNTS; do
    [ -d "/srv/drop/$account/inbox" ] || { echo "dropzone: nothing is mounted for account $account" >&2; exit 1; }
    chown root:root "/srv/drop/$account"
    chmod 0755 "/srv/drop/$account"
    id "$account" >/dev/null 2>&1 ||
        useradd --non-unique --uid "$pipeline_uid" --gid opd --no-create-home --home-dir / --shell /usr/sbin/nologin "$account"
    password_variable=DROPZONE_PASSWORD_${account^^}
    password=${!password_variable:-}
    # '*' as hash: no password matches, but keys are accepted.
    if [ -n "$password" ]; then echo "$account:$password" | chpasswd; else usermod --password '*' "$account"; fi
    unset "$password_variable"
done

exec /usr/sbin/sshd -D -e -f /etc/dropzone/sshd_config
