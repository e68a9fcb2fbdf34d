# Reads go test -v: says what was done, adds up the figures, and ends with one line of them.
/^ *--- (PASS|FAIL|SKIP)/ { print; count[$2]++; next }
/figures: / {
	sub(/.*figures: /, "")
	for (i = 1; i <= NF; i++) {
		split($i, f, "=")
		if (!(f[1] in sum)) name[++names] = f[1]
		sum[f[1]] += f[2]
	}
	next
}
/^(FAIL|panic:)/ { print; broken++; next }
/_test\.go:[0-9]+:/ { print }
END {
	printf "faults: %d passed, %d failed, %d skipped", count["PASS:"], count["FAIL:"], count["SKIP:"]
	for (i = 1; i <= names; i++) printf ", %s %d", name[i], sum[name[i]]
	printf "\n"
	exit broken > 0 || count["FAIL:"] > 0 || count["PASS:"] == 0
}
