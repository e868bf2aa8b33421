package io.paddock.broker.operation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Converter;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Maps with JSON values as text columns: text holds what jsonb refuses, such as an escaped NUL. */
@Converter
public class JsonMap implements AttributeConverter<Map<String, Object>, String> {

    private static final ObjectMapper JSON = new ObjectMapper();

    @Override
    public String convertToDatabaseColumn(@Nullable Map<String, Object> map) {
        try {
            return JSON.writeValueAsString(map == null ? Map.of() : map);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("not a JSON map", impossible);
        }
    }

    @Override
    public Map<String, Object> convertToEntityAttribute(@Nullable String column) {
        try {
            return column == null ? Map.of() : JSON.readValue(column, new TypeReference<>() {});
        } catch (JsonProcessingException corrupt) {
            throw new IllegalStateException("a stored map is not JSON", corrupt);
        }
    }
}
