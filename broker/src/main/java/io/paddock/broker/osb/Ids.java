package io.paddock.broker.osb;

import io.paddock.broker.request.RefusedException;
import io.paddock.broker.request.RefusedException.Reason;
import java.util.regex.Pattern;

/** Ids that platforms choose: mostly UUIDs, but the specification allows more. */
final class Ids {

    private static final Pattern ALLOWED = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._~-]{0,99}");

    private static final int LONGEST = 1_000;

    private Ids() {}

    /** @throws RefusedException 400 for an id that could not be told apart in names, paths and logs */
    static String checked(String what, String id) {
        if (!ALLOWED.matcher(id).matches()) {
            throw new RefusedException(
                    Reason.BAD_REQUEST,
                    "The id of the " + what + " must be 1 to 100 characters of A-Z, a-z, 0-9, '.', '_', '~' and '-'");
        }
        return id;
    }

    /** @throws RefusedException 400 for control characters, which the state database does not take */
    static String printable(String field, String value) {
        if (value.chars().anyMatch(Character::isISOControl) || value.length() > LONGEST) {
            throw new RefusedException(
                    Reason.BAD_REQUEST, "The field '" + field + "' has control characters or is too long");
        }
        return value;
    }
}
