# site: a site of its own in a temporary folder, sourced by the tests beside it.
#
#   does CODE WORDS ARGUMENT…   paravent ends with CODE and says WORDS; stdout is in out, stderr in err
#   JOINED=1                    both are in out
PARAVENT=${PARAVENT:-build/paravent}
PARAVENT=$(realpath "$PARAVENT")
DIR=$(mktemp -d)
PIDS=
JOINED=
export PARAVENT_STATE="$DIR/site"
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
trap 'for p in $PIDS; do kill $p 2>/dev/null; done; wait; rm -rf "$DIR"' EXIT
trap 'exit 1' INT TERM
cd "$DIR" || exit 1
fail() { echo "FAIL: $*"; [ ! -f serve.log ] || cat serve.log; exit 1; }
does() {
	code=$1 words=$2
	shift 2
	"$PARAVENT" "$@" >out 2>err </dev/null
	got=$?
	[ -z "$JOINED" ] || cat err >>out
	[ $got = "$code" ] || fail "$*: exit $got, wanted $code: $(cat out err)"
	[ -z "$words" ] || cat out err | grep -q -- "$words" || fail "$*: does not say '$words': $(cat out err)"
}
