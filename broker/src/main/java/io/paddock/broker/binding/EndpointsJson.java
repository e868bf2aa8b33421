package io.paddock.broker.binding;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.paddock.contracts.spi.BindingCredentials.Endpoint;
import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Converter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Endpoints as a text column. */
@Converter
class EndpointsJson implements AttributeConverter<List<Endpoint>, String> {

    /** A newer broker beside this one, or before it, may have stored more. */
    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    @Override
    public String convertToDatabaseColumn(@Nullable List<Endpoint> endpoints) {
        try {
            return JSON.writeValueAsString(endpoints == null ? List.of() : endpoints);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("not endpoints", impossible);
        }
    }

    @Override
    public List<Endpoint> convertToEntityAttribute(@Nullable String column) {
        try {
            return column == null ? List.of() : JSON.readValue(column, new TypeReference<>() {});
        } catch (JsonProcessingException corrupt) {
            throw new IllegalStateException("stored endpoints are not JSON", corrupt);
        }
    }
}
