def test_x(dynamodb):
    c=dynamodb.client; t=dynamodb.table
    e={"M":{"at":{"S":"x"},"w":{"S":"1"}}}; f={"M":{"at":{"S":"x"},"w":{"S":"2"}}}
    k={"pk":{"S":"a"},"sk":{"S":"b"}}
    c.put_item(TableName=t,Item={**k,"history":{"L":[e]}})
    def up(x):
        try:
            c.update_item(TableName=t,Key=k,UpdateExpression="SET history = list_append(history, :l)",ConditionExpression="NOT contains(history, :e)",ExpressionAttributeValues={":e":x,":l":{"L":[x]}}); return True
        except c.exceptions.ConditionalCheckFailedException: return False
    assert up(e) is False
    assert up(f) is True
    assert up(f) is False
