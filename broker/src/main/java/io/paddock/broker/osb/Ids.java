package io.paddock.broker.osb;

import io.paddock.broker.request.Refusal;
import io.paddock.broker.request.RefusedException;
import java.util.regex.Pattern;

/** Ids that platforms choose: mostly UUIDs, but the specification allows more. */
final class Ids {

    private static final Pattern ALLOWED = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._~-]{0,99}");

    private static final int LONGEST = 1_000;

    private Ids() {}

    /** @throws RefusedException 400 for an id that could not be told apart in names, paths and logs */
    static String checked(String what, String id) {
        if (!ALLOWED.matcher(id).matches()) {
            throw new RefusedException(Refusal.ID_NOT_ALLOWED, what);
        }
        return id;
    }

    /** @throws RefusedException 400 for control characters, which the state database does not take */
    static String printable(String field, String value) {
        if (value.chars().anyMatch(Character::isISOControl) || value.length() > LONGEST) {
            throw new RefusedException(Refusal.FIELD_NOT_PRINTABLE, field);
        }
        return value;
    }
}
