package io.paddock.minidirector.access;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How clients say who they are. */
public interface Authentication {

    /** @param header {@code Authorization} of a request; whoever it does not name is nobody */
    Optional<Caller> caller(@Nullable String header);

    /** What {@code GET /info} says of it. */
    Map<String, Object> description();
}
